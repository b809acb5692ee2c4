"""All SQL: the project's database and what is read from and written to it."""
