# style.gp - what all charts share.  Colours: Okabe and Ito's palette, chosen
# for colour-blind readers, ordered so that neighbours differ in lightness and
# stay apart in black and white; areas and bars have dark borders as well.
set encoding utf8
set terminal svg size 960,600 fixed noenhanced background rgb "white" font "Helvetica,14" linewidth 1.2
set datafile separator "\t"
set key autotitle columnhead
unset key
set border 3 linewidth 1
set tics nomirror out
set grid ytics linetype 1 linewidth 0.5 linecolor rgb "#cccccc"
set title font "Helvetica,17" offset 0,0.3
set style fill solid 1.0 border rgb "#222222"
set pointsize 0.7

dark   = "#0072B2"   # blue
middle = "#D55E00"   # vermilion
light  = "#E69F00"   # orange
pale   = "#F0E442"   # yellow
white  = "#F7F7F7"
grey   = "#CCCCCC"
ink    = "#000000"

# Lines, for those who see no colours: dashes and points differ.
set style line 1 linecolor rgb "#000000" linewidth 2 dashtype 1 pointtype 7
set style line 2 linecolor rgb "#D55E00" linewidth 2 dashtype (8,4) pointtype 6
set style line 3 linecolor rgb "#0072B2" linewidth 2 dashtype (2,3) pointtype 5
set style line 4 linecolor rgb "#E69F00" linewidth 2 dashtype (8,3,2,3) pointtype 4
set style line 5 linecolor rgb "#009E73" linewidth 2 dashtype (14,4) pointtype 9
set style line 6 linecolor rgb "#CC79A7" linewidth 2 dashtype (4,2) pointtype 8
set style line 7 linecolor rgb "#56B4E9" linewidth 2 dashtype (12,3,2,3,2,3) pointtype 13
set style line 8 linecolor rgb "#888888" linewidth 2 dashtype (1,2) pointtype 12

# Four or five tics on an axis that ends at m.
tic(m) = m <= 0 ? 1 : nice(m / 4.0)
nice(s) = round_up(s / 10**floor(log10(s))) * 10**floor(log10(s))
round_up(d) = d <= 1 ? 1 : d <= 2 ? 2 : d <= 2.5 ? 2.5 : d <= 5 ? 5 : 10
# The same where only whole numbers mean anything.
count_tic(m) = tic(m) < 1 ? 1 : tic(m) == 2.5 ? 5 : tic(m)
