"""Stand-in for the vendor's library of the management node; only what the import scripts need."""
