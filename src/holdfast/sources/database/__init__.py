"""Tables that stand in a database: PostgreSQL, MySQL or MariaDB, SQLite."""
