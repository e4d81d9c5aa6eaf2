require ["variables", "envelope"];
if envelope :domain :matches "from" "*" { set "d" "${1}"; }
redirect "archive@${d}";
