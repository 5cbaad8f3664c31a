# Keys that others make: those of `boxofficed keys` in a file, and those of an identity provider, which the gateway fetches
# from a process that serves them. Keys for something else are passed over; new ones are looked for when a token names one;
# a provider that is down, or that talks nonsense, locks nobody out.
use strict;
use warnings;

use Boxoffice;
use Cwd 'abs_path';
use Gateway;
use IPC::Run;
use JSON::PP;
use MIME::Base64 qw(decode_base64url encode_base64url);
use PostgreSQL::Test::Utils;
use Test::More;

my $json    = JSON::PP->new->canonical->utf8;
my $node    = start_database('provider');
my $program = abs_path('test/fake/identity_provider.py');
my $folder  = PostgreSQL::Test::Utils::tempdir;
my @processes;

sub write_file {
	my ($file, $text) = @_;
	unlink $file;
	append_to_file("$file.new", $text);
	rename "$file.new", $file or die "$file: $!";
	return;
}

# A new key: the file with its private part, and the public key as the provider shows it.
sub new_key {
	my ($algorithm, $id) = @_;
	my $file = "$folder/$id.json";
	my ($status, $out, $err) = run_program([ 'keys', $file, '--algorithm', $algorithm, '--kid', $id ]);
	die "no key: $err" if $status != 0;
	return { file => $file, public => $out eq '' ? undef : $json->decode($out)->{keys}[0] };
}

# A token as the provider would make it, with a private key that it alone has.
sub token_by {
	my ($key, $user, @options) = @_;
	my ($status, $out, $err) = run_program([ 'token', '--user', $user, @options ], BOXOFFICE_JWT_KEYS => $key->{file}, BOXOFFICE_ROLE_CLAIM => 'realm_access.roles');
	die "no token: $err" if $status != 0;
	return $out =~ s/\n\z//r;
}

sub start_provider {
	my ($port) = @_;
	unlink "$folder/port";
	push @processes, IPC::Run::start([ 'python3', $program, $folder, defined $port ? $port : () ], '<', \'', '>', \my $out, '2>', \my $err);
	within(20, sub { -e "$folder/port" }) or die 'the provider does not start';
	return slurp_file("$folder/port");
}

sub stop_provider { (pop @processes)->kill_kill; return }

END
{
	my $status = $?;
	$_->kill_kill for @processes;
	$? = $status;
}

sub publish { write_file("$folder/keys", $json->encode({ keys => [ map { ref $_ eq 'HASH' && $_->{public} ? $_->{public} : $_ } @_ ] })); return }

sub requests { return -e "$folder/requests" ? scalar(() = slurp_file("$folder/requests") =~ /\n/g) : 0 }

# The status of a read with a token; where the gateway asks to come again, comes again.
sub status_with {
	my ($gateway, $token) = @_;
	my $answer;
	within(20, sub { $answer = call($gateway, 'GET', '/v1/balance', jwt => $token); $answer->{status} != 503 });
	return $answer->{status};
}

subtest 'boxofficed keys' => sub {
	my %made = map { $_ => new_key($_, "made-$_") } qw(HS256 RS256 ES256 EdDSA);
	my @keys;
	for my $algorithm (sort keys %made)
	{
		my $file = $made{$algorithm}{file};
		is(sprintf('%o', (stat $file)[2] & 0777), '600', "$algorithm: nobody else may read it");
		my $set = $json->decode(slurp_file($file));
		is("$set->{keys}[0]{alg} $set->{keys}[0]{kid}", "$algorithm made-$algorithm", "$algorithm: one key of that name");
		my $public = $made{$algorithm}{public};
		is(join(' ', grep { exists $public->{$_} } qw(d k p q dp dq qi)), '', "$algorithm: prints nothing private") if $public;
		is(defined $public, $algorithm ne 'HS256', "$algorithm: prints the public part, if there is one");
		my $before = slurp_file($file);
		my ($status, undef, $err) = run_program([ 'keys', $file ]);
		is($status, 2, "$algorithm: is not written over");
		like($err, qr/cannot be written: File exists/, "$algorithm: and says so");
		is(slurp_file($file), $before, "$algorithm: stays as it is");
		push @keys, $public // $set->{keys}[0];
	}
	push @keys, { kty => 'RSA', kid => 'enc', use => 'enc', alg => 'RSA-OAEP' };
	write_file("$folder/all.json", $json->encode({ keys => \@keys }));
	my $gateway = start_gateway($node, keys => "$folder/all.json");
	is(status_with($gateway, token_by($made{$_}, 'ann')), 200, "$_: its tokens are taken") for sort keys %made;
	like(messages($gateway), qr/is not used: key "enc" has a "use" other than "sig"/, 'the log says what is passed over');
	is(stop_gateway($gateway), 0, 'it ends');

	my ($example) = slurp_file('docs/operations.md') =~ /```json\n(\{\n  "keys".*?)```/s or die 'the docs have no example';
	write_file("$folder/example.json", $example);
	my $documented = start_gateway($node, keys => "$folder/example.json");
	unlike(messages($documented), qr/is not used/, 'the keys of the example in the docs are taken');
	is(stop_gateway($documented), 0, 'it ends');

	write_file("$folder/none.json", $json->encode({ keys => [ { kty => 'RSA', kid => 'enc', use => 'enc' }, { kty => 'EC', kid => 'big', crv => 'P-521' } ] }));
	my ($status, undef, $err) = run_program(['serve'], BOXOFFICE_JWT_KEYS => "$folder/none.json");
	is($status, 2, 'a set without any is refused');
	like($err, qr/key "enc" has .*; key "big" has .*crv/, 'with the reason for each');
	my ($without, undef, $why) = run_program(['serve'], BOXOFFICE_JWKS_URL => 'http://id.example/keys');
	is($without, 2, 'an address that others can change is refused');
	like($why, qr/jwks_url .* must be https/, 'and says why');
};

subtest 'a clock that is a little wrong' => sub {
	my $gateway = start_gateway($node);
	is(status_with($gateway, token_for('ann', exp => time - 10)), 200, 'expired ten seconds ago');
	is(status_with($gateway, token_for('ann', exp => time - 60)), 401, 'a minute ago');
	is(status_with($gateway, token_for('ann', nbf => time + 10)), 200, 'valid in ten seconds');
	is(status_with($gateway, token_for('ann', nbf => time + 60)), 401, 'in a minute');
	is(stop_gateway($gateway), 0, 'it ends');
	my $strict = start_gateway($node, environment => { BOXOFFICE_JWT_LEEWAY => 0 });
	is(status_with($strict, token_for('ann', exp => time - 2)), 401, 'without leeway');
	is(stop_gateway($strict), 0, 'it ends');
};

# As Keycloak shows it: a key for encryption beside those for signatures, which it lists without any order.
my $encryption = { %{ new_key('RS256', 'enc')->{public} }, use => 'enc', alg => 'RSA-OAEP' };
my $first      = new_key('ES256', 'first');
my $second     = new_key('EdDSA', 'second');
my $third      = new_key('RS256', 'third');

subtest 'an identity provider' => sub {
	publish($encryption, $first);
	my $port = start_provider();
	stop_provider();
	my $gateway = start_gateway(
		$node,
		environment => { BOXOFFICE_JWT_KEYS => '', BOXOFFICE_JWKS_URL => "http://127.0.0.1:$port/certs", BOXOFFICE_ROLE_CLAIM => 'realm_access.roles' },
		not_ready => 1);
	my $ann = token_by($first, 'ann');
	is(is_problem(call($gateway, 'GET', '/readyz'), 503), '', 'without its provider it is not ready');
	like(call($gateway, 'GET', '/readyz')->{text}, qr/keys of tokens could not be fetched/, 'and says why');
	is(is_problem(call($gateway, 'GET', '/v1/balance', jwt => $ann), 503), '', 'nobody is told that their token is bad');
	start_provider($port);
	ok(within(40, sub { is_ready($gateway) }), 'then the provider comes up');
	is(status_with($gateway, $ann), 200, 'its tokens are taken');
	like(messages($gateway), qr/is not used: key "enc"/, 'its key for encryption is passed over');
	is(call($gateway, 'POST', '/v1/events', jwt => token_by($first, 'root', '--role', 'boxoffice_admin'), body => { title => 'E' })->{status}, 201, 'roles are found where they are');
	is(call($gateway, 'POST', '/v1/events', jwt => $ann, body => { title => 'E' })->{status}, 403, 'and are needed');

	my ($x) = map { $_->{x} } $first->{public};
	is(status_with($gateway, sign('{"alg":"HS256","kid":"first"}', '{"sub":"ann","exp":4000000000}', decode_base64url($x))), 401, 'a public key is no secret');
	is(status_with($gateway, sign('{"alg":"none","kid":"first"}', '{"sub":"ann","exp":4000000000}', '')), 401, 'none is no algorithm');
	is(status_with($gateway, token_by($third, 'ann')), 401, 'a key that the provider does not show');

	my $before = requests();
	is(status_with($gateway, token_by({ file => new_key('ES256', "made-up-$_")->{file} }, 'ann')), 401, 'made-up names') for 1 .. 3;
	is(requests(), $before, 'do not make it ask the provider again and again');
	is(stop_gateway($gateway), 0, 'it ends');
};

subtest 'rotation' => sub {
	my $port    = slurp_file("$folder/port");
	my $gateway = start_gateway($node, environment => { BOXOFFICE_JWT_KEYS => '', BOXOFFICE_JWKS_URL => "http://127.0.0.1:$port/certs" });
	my ($old, $new) = (token_by($first, 'ann'), token_by($second, 'ann'));
	is(status_with($gateway, $old), 200, 'the first key');
	my $before = requests();
	publish($encryption, $first, $second);
	is(status_with($gateway, $new), 200, 'a new key is looked for when a token names it');
	is(requests(), $before + 1, 'once');
	is(status_with($gateway, $old), 200, 'the first is good still');

	for my $trouble ([ status => '500' ], [ status => '302' ], [ keys => 'nonsense' ], [ keys => '{"keys":[]}' ], [ keys => ' ' x 2_000_000 ])
	{
		my ($file, $text) = @$trouble;
		my $asked = requests();
		write_file("$folder/$file", $text);
		kill 'HUP', $gateway->{pid};
		ok(within(20, sub { requests() > $asked }), "the provider is asked again, and answers with trouble ($file)");
		is(status_with($gateway, $_), 200, 'the keys stay as they were') for $old, $new;
		unlink "$folder/status";
	}
	ok(within(20, sub { scalar(() = messages($gateway) =~ /stay as they were/g) >= 4 }), 'the log tells of each trouble') or diag(messages($gateway));
	publish($second, $third);
	kill 'HUP', $gateway->{pid};
	ok(within(20, sub { status_with($gateway, $old) == 401 }), 'a key that was taken away is gone, also for tokens that were taken before');
	is(status_with($gateway, $new), 200, 'the second is good still');
	is(status_with($gateway, token_by($third, 'ann')), 200, 'and so is the third');
	stop_provider();
	kill 'HUP', $gateway->{pid};
	ok(within(20, sub { messages($gateway) =~ /stay as they were: \S+ .*onnect/ }), 'the provider is down') or diag(messages($gateway));
	is(status_with($gateway, $new), 200, 'and nobody is locked out');
	ok(is_ready($gateway), 'it is ready');
	is(stop_gateway($gateway), 0, 'it ends in order');
};

subtest 'rotation, while strangers make up names of keys' => sub {
	publish($first);
	my $port    = start_provider(slurp_file("$folder/port"));
	my $gateway = start_gateway($node, environment => { BOXOFFICE_JWT_KEYS => '', BOXOFFICE_JWKS_URL => "http://127.0.0.1:$port/certs" });
	my $new     = token_by($second, 'ann');
	my @made_up = map { token_by({ file => new_key('ES256', "stranger-$_")->{file} }, 'ann') } 1 .. 4;
	my $before  = requests();
	is(status_with($gateway, $made_up[0]), 401, 'a made-up name');
	is(requests(), $before + 1, 'makes the gateway ask the provider');
	publish($second);
	my $began = time;
	ok(within(15, sub { call($gateway, 'GET', '/v1/balance', jwt => $_) for @made_up; status_with($gateway, $new) == 200 }),
		'a key that is new a moment later is found within ten seconds');
	cmp_ok(requests() - $before, '<=', 2 + (time - $began) / 10, 'and the provider is asked once in ten seconds');
	is(stop_gateway($gateway), 0, 'it ends');
	stop_provider();
};

# The provider stands in for a proxy, too, and notes what it is asked.
subtest 'proxies of the environment' => sub {
	my $port  = start_provider(slurp_file("$folder/port"));
	my $proxy = "http://127.0.0.1:$port";
	my $asked = sub {
		my ($url, $expected, %environment) = @_;
		unlink "$folder/requests";
		my $gateway = start_gateway($node, environment => { BOXOFFICE_JWT_KEYS => '', BOXOFFICE_JWKS_URL => $url, %environment }, not_ready => 1);
		ok(within(20, sub { messages($gateway) =~ $expected }), "$url: the log says what came of it") or diag(messages($gateway));
		is(stop_gateway($gateway), 0, 'it ends');
		return -e "$folder/requests" ? (split /\n/, slurp_file("$folder/requests"))[0] : 'nothing';
	};
	my $outside = 'https://id.invalid/certs';
	is($asked->($outside, qr/could not be fetched/, https_proxy => $proxy), 'CONNECT id.invalid:443', 'a provider elsewhere is asked by the proxy');
	is($asked->($outside, qr/could not be fetched/, https_proxy => $proxy, no_proxy => 'id.invalid'), 'nothing', 'unless no_proxy has it');
	is($asked->("http://127.0.0.1:$port/certs", qr/were fetched/, http_proxy => 'http://127.0.0.1:9', all_proxy => 'http://127.0.0.1:9'), '/certs', 'one on this machine never');
	stop_provider();
};

verify_is_empty($node);
$node->stop;
done_testing();
