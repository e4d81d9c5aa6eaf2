require "copy";
if allof (exists ["from", "date"], not false) { redirect :copy "desk@partner.example"; }
