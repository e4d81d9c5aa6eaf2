require "enotify";
if address "from" "boss@client.example" { notify :importance "1" "mailto:ann@partner.example?subject=mail"; }
