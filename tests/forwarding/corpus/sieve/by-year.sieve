require ["variables", "date", "fileinto", "mailbox"];
if currentdate :matches "year" "*" { set "year" "${1}"; }
if header :contains "list-id" "minutes" { fileinto :create "Minutes/${year}"; }
