"""The student's tree, made from this one: tools/handout."""
