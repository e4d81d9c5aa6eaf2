require "vacation";
vacation :days 7 :subject "Away until 19 August"
    "I am walking in the Lake District. Owen Pritchard looks after urgent orders.";
