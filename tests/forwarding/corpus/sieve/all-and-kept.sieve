redirect "desk@partner.example";
keep;
