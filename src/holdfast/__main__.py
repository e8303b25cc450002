"""`python -m holdfast`: the program `holdfast`, where the shell does not find it."""

from holdfast.interfaces.cli.program import main

if __name__ == "__main__":
    main()
