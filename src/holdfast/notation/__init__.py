"""How people write numbers and times: the one place where inference and cleaning take a text apart."""
