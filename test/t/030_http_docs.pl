# docs/http.md says what is so: its examples, run one after the other through nginx, print what the page claims that they
# print, and what it says of a stream is heard by whoever listens. Only ids that are drawn and instants are others each time.
# Pasted a second time they work as well; then also other ids and balances are others.
use strict;
use warnings;

use Boxoffice;
use Front qw(start_front);
use Gateway;
use PostgreSQL::Test::Utils;
use Push;
use Test::More;

my $node    = start_database('docs');
my $gateway = start_gateway($node);
my $front   = start_front('front', $gateway->{port}, '--no-limits');
make_relay_role($node);
start_relay($node, $front->{publisher});

my $folder = PostgreSQL::Test::Utils::tempdir;
my $page   = slurp_file("$ENV{TESTDIR}/docs/http.md");
my $url    = "http://127.0.0.1:$front->{port}";

# Pairs of a block of commands and the block that follows it.
my @examples = $page =~ /^```sh\n(.*?)^```\n```json\n(.*?)^```$/msg;
my ($listen, $heard) = $page =~ /^```\n(curl [^\n]* \$url\/v1\/live\/[^\n]*)\n```.*?^```\n(.*?)^```$/ms;

my @tokens = $page =~ /^((?:admin|ann)=\$\(boxofficed [^\n]*)$/mg;

sub masked {
	my ($text, $time) = @_;
	$text = $text =~ s/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/UUID/gr =~ s/\b20\d\d-\d\d-\d\dT[0-9:.]+Z/INSTANT/gr =~ s/^id: .*/id: ID/mgr;
	return $time == 1 ? $text : $text =~ s/"((?:queue|event|slot|reservation|payment)_id|balance)":[0-9]+/"$1":NUMBER/gr;
}

cmp_ok(scalar @examples, '>=', 12, 'the page has examples');
is(scalar @tokens, 2, 'and says how to get tokens');
mkdir "$folder/bin";
symlink "$ENV{TESTDIR}/build/boxofficed", "$folder/bin/boxofficed" or die "symlink: $!";
symlink $gateway->{keys}, "$folder/keys.json" or die "symlink: $!";

for my $time (1, 2)
{
	# One shell for all, because examples set variables that later ones use. curl leaves out the last line feed.
	my $script = join "\n", "cd $folder", @tokens, "curl() { command curl \"\$@\"; echo; }\n";
	for (my $number = 0; $number < @examples; $number += 2)
	{
		# each change is to be told by itself, and that there are seats before anybody listens
		$script .= "{ $examples[$number] } >$folder/printed$number\nsleep 0.7\n";
		$script .= "{ command $listen --max-time 60 >$folder/heard 2>/dev/null & }\nsleep 0.7\n" if $number == 0;
	}
	$script .= "kill \$!\n";

	local %ENV = (%ENV, url => $url, PATH => "$folder/bin:$ENV{PATH}");
	my $complaints = '';
	IPC::Run::run([ 'bash', '-e' ], '<', \$script, '2>', \$complaints, IPC::Run::timeout(60));
	is($complaints, '', "the examples run, time $time");

	for (my $number = 0; $number < @examples; $number += 2)
	{
		my ($first) = $examples[$number] =~ /(\S*)$/m;
		is(masked(slurp_file("$folder/printed$number"), $time), masked($examples[ $number + 1 ], $time), "what is printed by .. $first");
	}
	is(masked(slurp_file("$folder/heard") =~ s/^: hi\n//mr =~ s/\A\n+//r =~ s/\n+\z/\n/r, $time), masked($heard, $time), 'what is heard');
}

done_testing();
