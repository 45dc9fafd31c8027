"""``python -m pairsolve``."""

from pairsolve.cli import main

if __name__ == "__main__":
    main()
