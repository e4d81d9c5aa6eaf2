if header :is "X-Project" "Heron" { redirect "desk@partner.example"; }
