require ["envelope", "fileinto"];
if envelope :is "to" "press@acme.example" { fileinto "Press"; }
