if header :contains "subject" "test" { redirect "ann+tests@acme.example"; }
