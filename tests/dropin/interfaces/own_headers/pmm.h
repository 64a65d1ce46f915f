#error a header of an older tree, which must not be used
