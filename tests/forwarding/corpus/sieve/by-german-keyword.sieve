require "copy";
if header :contains "subject" ["Angebot", "Rechnungen"] { redirect :copy "desk@partner.example"; }
