require "vnd.example.teleport";
teleport "elsewhere";
