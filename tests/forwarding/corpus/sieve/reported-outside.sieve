require "vnd.dovecot.report";
if header :contains "subject" "heron" { report "abuse" "look" "desk@partner.example"; }
