"""The words of docs/benchmarks.md; numbers come from results.json."""

PAGE = """\
# Benchmarks

Written by `python -m benchmarks --full --world`; do not edit. `python -m benchmarks` prints the same rows, with fewer
rounds, in two minutes; `python -m benchmarks.environments` first makes an environment for each rival;
`python -m benchmarks --check` compares ratios with the last results and is what continuous integration may run.

{machine}

## The table

Every × is a ratio within one run whose engines took turns; the median of the rounds stands with its smallest and
largest. Times are of the processor, one thread, but for rows with two workers, which are of the clock and compare the
quickest rounds: other processes were at work on the machine's cores (see the load averages above), and what the C limit
gains from a second thread in the same run shows how much of a second core there was. Runs in which it gained none say
nothing of workers, so this part is kept from a run in which it had one (`--only workers` measures it alone). NumPy's
two threads meet at the interpreter's lock after each pass, so they lose more than C's when a core is taken away for a
moment: on the same code the quickest rounds gave 1.29 to 1.72 at different hours.

Two processes on many small runs do a run each, of ten thousand developers and sixty months, again and again, against
one of them that does a run. Nothing is shared between them but the machine. So the next row is what the machine itself
gave in the same turns: the same two processes on an empty loop of Python. The quickest rounds of a minute are compared
here too, and where the second core is busy with something else, both rows fall together.

{table}

## Engines on the same work

A decision is one developer who reconsiders. The time of all the population is in it, also of those nine in ten whose
turn it is not.

{engines}

![Processor time a decision, by engine](figures/benchmarks_engines.png)

![A month, by developers](figures/benchmarks_growth.png)

### What is compared, and what is not

- **The work** (`benchmarks/work.py`): weights, awareness and starting shares of the first month with forty options,
  from weightshift's own market. Each month a developer reconsiders with the month's hazard (a tenth), and chooses
  among the options of the labs she knows, by the logit with a bonus for staying. Nothing else of the month is in it.
- **Outcomes** are compared in every run. C and JAX use weightshift's draws; C and the compiled kernel must make
  identical choices. The others draw from their own streams, and their counts by option must have the same law.
- **weightshift does more than its rivals in one respect**: its draws are addressed, so that two scenarios share every
  developer's luck. Starsim's draws are common to runs too. The others would have to be built differently for that.
- **weightshift does less in another**: developers are six bytes in arrays, and not objects that could each carry rules
  of their own. Where agents differ in kind, Mesa's objects are the right tool; labs, startups and governments are
  Mesa agents here too.
- **Rivals are in their best idiom, as far as we know it**, and written for this comparison. They are given our own
  reformulations: choice weights tabulated by cell, and a fixed uniform for every developer and lab, drawn once, in
  place of tastes multiplied out for every developer and of lists of labs to keep up every month. On a step with both,
  on which the goals of 100 and 15 were set, they take longer. Here those goals are missed, and we leave it at that: a
  factor that comes from withholding a reformulation says nothing about an engine. How far they are out of reach on this
  step: the C limit {limit},
  and NumPy takes two and a half times as long as C.
- **Mesa** appears twice: with one clock an option as here, and with one uniform a decision, which is quicker and
  couples nothing. At 10⁴ developers our own fixed cost of a month (some hundred NumPy calls) weighs as much as the
  decisions, so ratios are smaller than at 10⁶.
- **JAX** runs on the processor, on one thread; it is made for accelerators. Its draws are hashed like ours.
- **The limit** is C that gcc compiles for the very processor, with the exact rule for near ties as in
  `sim/numerics/race.py`. The compiled kernel can be quicker than it, for LLVM schedules the same loop better on some
  processors; where it is, it is the closer limit, and the NumPy core lies as much further from that one as the second
  row says.

## Growth

An exponent of 1 is growth in proportion. Each is of a month from the thirty-sixth on, in fresh processes that took
turns. Researchers and startups are four times as many because each stands for a quarter (`talent.researchers`;
`entry.weight`, with `entry.stock`), on the same demand. Labs are doubled with all that the record says of them, models
and their dates included. Startups are compared in thousands, where they are most of a month, and not at the thousand
with which a run of sixty months ends, where a month's fixed cost would flatter them.

Entry grows in proportion to startups, as near as can be told: exponents from 0.83 to 1.05 in eight measurements, so the
row may say met or missed. Its work is in proportion, but its arrays outgrow the cache next to the processor on the way,
and Mesa, which takes three fifths of it, registers each new startup in 1.4 µs among two thousand and in 1.8 µs among
eighty thousand; with startups that are no agents of Mesa's the exponent was 0.84 to 1.03. One month in some holds a
full pass of Python's garbage collector over them all, a tenth of a second with forty thousand; the row, of median
months, does not show it.

## Where the limit of readable NumPy lies

A decision among forty options takes some twenty passes over a block of (options × choosers): look up the weight,
four passes of hashing, three that make a number of the word, the logarithm, the division, the minimum, and the
comparison that finds near ties; each pass reads and writes the block once, where the C loop keeps everything in
registers. Where the time goes, of a million developers, looked at every few milliseconds:

{lines}

Every line but the last is one pass or a few. To look up weights and to take logarithms is a quarter of all, in NumPy's
own inner loops; to find whose turn it is another tenth, for ten developers are hashed for each who chooses. `np.take`
alone costs a third of the whole C loop. Smaller blocks or tiles within them change nothing: the passes wait for the
processor and not for memory. To screen options that cannot win, by a bound on their weight, was reckoned through on
this work: the ten largest options win 97 of 100 races, but preferences differ so much between segments that one bound
for all leaves four of the other options in play for each chooser, and a bound by segment has to be looked up like the
weight itself; a tenth would be gained at best.

What made it fast, in `sim/numerics/race.py`: the first round of hashing kept for every developer (four of her six
bytes), blocks that stay near the processor, two buffers instead of three, in place wherever a pass can be,
`mode="wrap"` in `np.take`, one call a lab instead of one an option, no argmax, small buffers for NumPy's broadcasts,
and `np.flatnonzero` kept out of its branching search, which cost more than the logarithm. What is left would need
look-ups of two options at a time in a layout that nobody could read, for the last ten per cent; who wants more takes
the compiled kernel, whose choices are the same.

## Small runs

{mechanisms}

Ten thousand developers for sixty months; the table is of one run. Time that depends on developers is a small part of
it; the rest is labs' prices, researchers and startups, which cost the same at any size. The rows and this table were
measured before the world was widened (see below) and on a faster machine.

The goal of 0.15 s is missed. No place is hot any more: {flat}.

What is left are many NumPy calls on small arrays, each of some tenths of a microsecond before it does anything (the
table counts a run in such calls): prices come to rest after some eleven evaluations a month, each of about a hundred
and forty calls. Acceleration from changes of a tenth on would save a sixth of them, a nearer start for new models half
an evaluation, and a Newton step for hosts more, but all three can come to rest at another equilibrium, for there are
several (the nearer start in 256 of 13,800 random problems). Researchers are hashed twice a month, ten thousand words
each; startups grow to a thousand.

The price map has a compiled twin, which comes with the compiled race (the extra `fast`): an evaluation after weights
takes 46 µs in place of 245, and a run four fifths of the time. To go below, the labour market and entry would have to
be compiled loops, each a second copy of an equation that now stands once.

The world cost time: labs that look ahead, newcomers with a trial price, runs that learn from each other. Against the
last commit before it (`6a106c7`) a run of ten thousand developers and sixty months takes 1.44 times as long (1.39 to
1.48), the median of twelve pairs of runs whose months took turns; eight pairs of whole runs in turn gave 1.40. With the
compiled kernels it takes 1.17 times as long as NumPy did before, and 1.23 times as long as that commit with its
compiled race. So the goals, 1.4 and 1, are missed, the first narrowly; the machine was busy with five times as many
processes as it has cores, and whole runs varied by a third. Processor time by verb [ms], the least of nine runs in
turns, before the last savings in training (33 to 25) and in evaluations of prices (a sixth of them):

| verb | before | now | before, compiled | now, compiled |
|---|---|---|---|---|
| pricing | 94 | 228 | 107 | 132 |
| adoption | 61 | 77 | 37 | 46 |
| talent | 58 | 69 | 66 | 66 |
| entry | 37 | 43 | 42 | 42 |
| training | 14 | 33 | 15 | 32 |
| research | 17 | 21 | 18 | 20 |
| accounting | 11 | 16 | 12 | 13 |
| release | 12 | 15 | 14 | 15 |
| regulation | 14 | 15 | 15 | 13 |
| contribution | 13 | 15 | 14 | 12 |
| awareness | 7 | 13 | 8 | 9 |
| finance | 10 | 10 | 11 | 9 |
| calendar | 5 | 7 | 5 | 5 |
| opening, measures, Mesa's data collector | 68 | 65 | 75 | 68 |
| in all, the least | 422 | 627 | 447 | 498 |

## Studies

The rows on studies compare `experiments` with the same runs in a bare loop, on the same two processes that run
already, in turns: planning, handing out, turning records into tables, writing shards, and loading the market table at
the end are the difference. A study with little in it pays a millisecond a run at most: two measurements an hour apart
gave 0.9 and −0.2 ms, so the machine's own changes of speed outweigh it. The study of small runs, too, seemed to add 12%
while the machine was busy, and 3% when it was not.

## Imports

The row is of the Python named above. On Python 3.12 with Mesa 3.5.1 `import sim` took 1.24 to 1.31 times as long as
`import mesa` in three measurements, so there the goal is missed. Half of what is added is pydantic and the models of
our parameters; a third is one full pass of Python's garbage collector, which on that version falls into our import and
not into Mesa's. To switch the collector off for the import gains nothing: the pass then comes with the first objects
made after it.

## Workers and kernels

```python
sim.numerics.race.set_workers(2)   # or WEIGHTSHIFT_WORKERS=2: threads that share the developers of one large run
sim.numerics.race.use("compiled")  # or WEIGHTSHIFT_KERNEL=compiled: Numba, pip install 'weightshift[fast]'
```

Neither changes a choice; `tests/sim/test_digest.py` holds both, every block size and processors without vector
features to one digest. With `compiled`, prices are compiled too and differ by rounding, their rests by less than 1e-10
(`tests/sim/test_compiled_prices.py`). Many small runs are better spread over processes, as `experiments` does.
"""
