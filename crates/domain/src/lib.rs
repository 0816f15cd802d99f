//! Nouns, commands, entries, rules and rejections of the shop floor; pure.
