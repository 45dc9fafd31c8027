"""pairsolve decides who helps whom, when, and proves it; the public names."""
