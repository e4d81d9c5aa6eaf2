require "include";
include :personal "more";
