"""The grader: what a submission is worth, decided outside of it. tools/grade is the program."""
