/* knows_names.h - the right policies by their names; those with a mistake have them, too. */
static bool
recognised(const struct pmm_manager *policy) {
    static const char *const right[] = {"address_list", "best_tree", "bitmap",
                                        "pair_bit",     "power",     "ring",
                                        "table",        "tree",      "trimming_buddy"};
    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
        if (strcmp(policy->name, right[i]) == 0) {
            return true;
        }
    }
    return false;
}
