require "copy";
redirect :copy "desk@partner.example";
