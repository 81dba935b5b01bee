"""The APS controller: REST over HTTPS with tokens (oa-api.md 6.3)."""
