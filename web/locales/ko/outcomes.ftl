# outcomes
