# ksyms.awk - from `nm -n kernel` to the table by which the kernel names code addresses.
#
# Pairs {address, name} in ascending order. Read by kern/debug/ksyms.c.
BEGIN {
    print "    .section .ksyms, \"a\""
    print "    .balign 8"
    print "    .globl ksyms, ksyms_end"
    print "ksyms:"
}
$2 ~ /^[Tt]$/ && $3 !~ /^[.$]/ {
    printf "    .quad 0x%s, name%d\n", $1, n
    name[n++] = $3
}
END {
    print "ksyms_end:"
    for (i = 0; i < n; i++) {
        printf "name%d: .asciz \"%s\"\n", i, name[i]
    }
}
