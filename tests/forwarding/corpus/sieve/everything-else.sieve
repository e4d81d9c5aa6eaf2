if header :is "subject" "lunch" { keep; } else { redirect "desk@partner.example"; }
