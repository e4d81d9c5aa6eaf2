require "copy";
# rule:[.]
if address "from" "boss@client.example" { redirect :copy "desk@partner.example"; }
