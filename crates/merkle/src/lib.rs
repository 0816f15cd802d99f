//! Tree, proofs, checkpoints, proof files and their offline verification; pure.
