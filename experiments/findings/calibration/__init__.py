"""Parameters held against published numbers: waves of history matching, emulators, a posterior, planted truth."""
