if address :domain "from" "supplier.example" { if size :over 1K { redirect "desk@partner.example"; keep; } }
