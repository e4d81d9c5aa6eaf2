require "copy";
redirect :copy "Joe.Fox@ACME.test";
