"""The task manager: tasks in the database, and the engine that works on them (oa-api.md 2)."""
