if header :contains "list-id" "sales" { redirect "ann.lee@outlook.de"; keep; }
