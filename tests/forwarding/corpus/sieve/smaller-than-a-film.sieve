require "copy";
if size :under 100M { redirect :copy "desk@partner.example"; }
