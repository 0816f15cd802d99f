//! GS1 identifiers and EPCIS 2.0 documents, to and from the domain; pure.
