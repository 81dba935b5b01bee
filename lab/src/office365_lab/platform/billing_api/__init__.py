"""The Billing Public API: XML-RPC with the one method ``Execute`` (oa-api.md 8)."""
