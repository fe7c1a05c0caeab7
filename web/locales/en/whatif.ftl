# What if the input was another: the texts in a form, and the old way and the new one.
whatif-title = What if
whatif-heading = What if: { $from } → { $to }
whatif-link = What if …
whatif-link-title = Change the input and see what becomes of this probe
whatif-ways = Before and after
whatif-before = Before the change
whatif-after = After the change
whatif-now = As it is now
whatif-send = Send it with this change
whatif-kept = Kept as a version of its own with its own address, as an upload is; what looks like a secret is overwritten first.
whatif-undo = Undo: back to the version before
whatif-line = line { $line }
whatif-part = one document of a large file
whatif-wrong = The changed text cannot be used as it is written
whatif-refused = Nothing was changed yet. The text is as you typed it:
whatif-unchanged = Nothing was changed.
whatif-gone = The version before this change is gone, so only the new way can be shown. Uploads are deleted a while after their last use; a share lives as long as it says.
whatif-no-probe = No probe is asked for; one can be sent from the page of the scenario:
whatif-left-out = Not shown here:
whatif-too-large = too large for a form. From a trace that a line of it decides, the document with that line can be edited; else change the file and use kubehop compare --changed.
compare-alike = { $count } steps alike
compare-left-out = { $count ->
    [one] One further row is not shown; the traces have every step.
   *[other] { $count } further rows are not shown; the traces have every step.
}
