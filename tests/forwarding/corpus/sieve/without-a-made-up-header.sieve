require "copy";
if not exists "X-No-Copy" { redirect :copy "desk@partner.example"; }
