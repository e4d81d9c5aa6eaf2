require ["envelope", "copy"];
if envelope :localpart :is "from" "noreply" { redirect :copy "desk@partner.example"; }
