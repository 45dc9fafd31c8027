"""Tours: carers with several visits a day, some of which two carers make together or one after the other."""
