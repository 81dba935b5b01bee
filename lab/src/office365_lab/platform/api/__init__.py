"""The protocol of the Operations Public API: envelope, declarations, transactions, access (oa-api.md 1)."""
