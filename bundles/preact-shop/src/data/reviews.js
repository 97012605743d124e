// SPDX-License-Identifier: Apache-2.0
// What users wrote. The first list is what the renderer must escape: every product page shows two of its entries, and the
// choice is such that at least one of the two holds a script element.

const hostile = [
  ['xX_0wner_Xx', 1, 'Nice try', '<script>alert(1)</script> & then it said "thank you"'],
  ['O\'Brien & Sons', 4, 'Quotes "everywhere"', 'My wife\'s verdict: "5 < 6 && 6 > 5" – so it\'s good. Tom & Jerry agree: &amp; stays &amp;.'],
  ['"><img src=x onerror=alert(1)>', 2, 'Broken 💥 name', '</script><script>alert(1)</script> 🙃 did this close anything?'],
  ['Zoë <b>bold</b>', 5, '💚 <i>love</i>', '<!-- <script>alert(1)</script> --> 👩‍🚀🇪🇺 Works in space, too. ]]>'],
];

const ordinary = [
  ['Małgorzata', 5, 'Better than in the picture', 'The surface is finer than the photo shows. Arrived in paper only – no plastic at all. After three months of daily use it looks as it did on the first day.'],
  ['Jörg', 4, 'Good, with one wish', 'Does what it should, and does it quietly. I would have liked a second colour – „Moos“ perhaps. The price of a little over €20 more than elsewhere is worth it.'],
  ['Aino', 5, 'A present that stayed', 'Bought as a present, kept it myself, ordered a second one. The friend got that one and is just as happy with it.'],
  ['Dvořák', 3, 'Fine', 'Nothing is wrong with it. It took nine days to Brno, though, and the parcel had seen things I would rather not know about.'],
  ['Siobhán', 4, 'Solid', 'Heavier than expected, which I like. The instructions are printed so small that I read them with my phone; I did not need them in the end.'],
  ['Nguyễn', 5, '★★★★★', 'Repaired under warranty after I dropped it, no questions asked. They sent the part and a drawing of how to fit it; ten minutes of work.'],
  ['Ελένη', 4, 'Honest thing', 'It is what the description says – neither more nor less. That has become rare enough to write a review about it.'],
  ['Łukasz', 2, 'Not for me', 'Well made, but too large for our shelf. My mistake: the measurements are given in the table. Sending it back cost nothing.'],
  ['Ingrid', 5, 'Ten years from now', 'My parents have the older one and it is from the last century. I expect to write the next review in ten years or so.'],
];

const months = ['January', 'March', 'April', 'June', 'August', 'October', 'November'];

function makeReview([author, stars, title, text], number) {
  return { author, stars, title, text, date: `${1 + ((number * 5) % 28)} ${months[number % months.length]} 2025` };
}

export function reviewsOf(id) {
  const chosen = [
    ordinary[id % 9], hostile[id % 4], ordinary[(id + 2) % 9], ordinary[(id + 4) % 9], hostile[(id + 1) % 4], ordinary[(id + 7) % 9],
  ];
  return chosen.map((review, index) => makeReview(review, id + index));
}
