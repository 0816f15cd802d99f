//! HTTP shapes, routes, authorisation, OpenAPI; the typed client.
