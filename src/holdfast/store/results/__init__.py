"""The results database: what runs published, for systems that ask one question at a time."""
