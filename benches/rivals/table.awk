# The table of run.sh, from the rows of rivals.tsv, the versions, and what the turns gave.
NF == 9 { names[++count] = $1; language[$1] = $2; bytes[$1] = $5; validates[$1] = $6; bar[$1] = $7; next }
$1 == "version" { version[$2] = $3; next }
$1 == "takes" {
    if (!($2 in seen)) { seen[$2] = 1; inputs[++rows] = $2 }
    taken[$2, $3] = $4; refused[$2, $3] = $5; size[$2, $3] = $6
    next
}
$1 == "turn" { n = ++turn[$2, $3]; speed[$2, $3, n] = $4 * size[$2, $3] / $5 * 1000 }

function sorted(list, n,    i, j, x) {
    for (i = 2; i <= n; i++) {
        x = list[i]
        for (j = i - 1; j > 0 && list[j] > x; j--) list[j + 1] = list[j]
        list[j + 1] = x
    }
}
# Of a rival's turns on an input: the best and the middle; of its ratios to ours turn by turn, the middle.
function best(input, name,    n, i) {
    n = turn[input, name]
    for (i = 1; i <= n; i++) list[i] = speed[input, name, i]
    sorted(list, n)
    middle = list[int((n + 1) / 2)]
    return list[n]
}
function middle_ratio(input, ours, name,    n, i) {
    n = turn[input, name]
    for (i = 1; i <= n; i++) list[i] = speed[input, ours, i] / speed[input, name, i]
    sorted(list, n)
    return list[int((n + 1) / 2)]
}

function line(input, rival, bytes, validates, taken, refused, speed, times, bar,    text) {
    text = sprintf("%-25s%-18s%-9s%-17s%9s%9s  %14s  %16s  %s", input, rival, bytes, validates, taken, refused, speed, times, bar)
    sub(/ +$/, "", text)
    print text
}

END {
    print "MB/s of processor time on one core: the best of " turns " turns of " turn_ms " ms, the middle one in brackets; the programs take turns."
    print "bytes: whole messages, or the Document without header and wrapper, for those who can read no more. payflow is N times as"
    print "fast: on the same bytes, best over best, the middle of the ratios turn by turn in brackets. refused: messages that a rival"
    print "does not take although they are valid; it is measured on the others.\n"
    line("input", "rival", "bytes", "validates", "messages", "refused", "MB/s", "payflow, times", "bar")
    for (r = 1; r <= rows; r++) {
        input = inputs[r]
        for (c = 1; c <= count; c++) {
            name = names[c]
            ours = bytes[name] == "whole" ? "payflow" : "payflow-document"
            its = best(input, name)
            if (!turn[input, name]) {
                line(input, name, bytes[name], validates[name], 0, refused[input, name], "-", "-", "")
                continue
            }
            shown = sprintf("%.0f (%.0f)", its, middle)
            if (its < 100) shown = sprintf("%.1f (%.1f)", its, middle)
            ratio = best(input, ours) / its
            times = name == ours ? "" : sprintf("%.1f (%.1f)", ratio, middle_ratio(input, ours, name))
            verdict = bar[name] == "-" ? "" : bar[name] (ratio >= bar[name] ? " reached" : " missed")
            line(input, name, bytes[name], validates[name], taken[input, name], refused[input, name], shown, times, verdict)
        }
        print ""
    }
    for (c = 1; c <= count; c++) printf "%-18s%-6s%s\n", names[c], language[names[c]], version[names[c]]
}
